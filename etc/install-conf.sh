#!/bin/sh
# Run by "meson install": puts the example configuration in place, but never over one that is there.
# usage: install-conf.sh SOURCE DIR
set -eu
dir="${DESTDIR:-}$2"
mkdir -p "$dir"
if [ -e "$dir/tipwatch.conf" ]; then
	echo "keeping $dir/tipwatch.conf, which is there already"
else
	echo "installing the example as $dir/tipwatch.conf"
	install -m 0644 "$1" "$dir/tipwatch.conf"
fi
