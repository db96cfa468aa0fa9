#!/bin/sh
# Makes the static library: one object in which everything but the public names is local, so that it
# gets in nobody's way. close.sh LD OBJCOPY AR WHOLE OUTPUT
set -eu
object=$5.o
"$1" -r -o "$object" --whole-archive "$4"
"$2" --wildcard --keep-global-symbol='tipwatch_*' "$object"
rm -f "$5"
"$3" rcsD "$5" "$object"
rm -f "$object"
