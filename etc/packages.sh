# Debian packages that etc/quickstart and test/run need, and how to get them. To be sourced.
# need_packages installs what is missing, as root or through sudo; where it may not, it prints the
# exact command and gives up. It does nothing, not even apt-get update, when nothing is missing.

build_packages=(
	gcc libc6-dev meson ninja-build pkg-config scdoc
	ca-certificates libcurl4-openssl-dev libmicrohttpd-dev libyajl-dev libconfig-dev libevent-dev
)
# clang: the second compiler; clang-format: the layout check; monero: the daemons of suite real;
# openssl: certificates for the https tests.
test_packages=(
	libcmocka-dev clang-14 libclang-rt-14-dev clang-format-14 python3 monero openssl
)

# Prints those of the packages named that are not installed, one a line.
missing_packages() {
	local package
	for package in "$@"; do
		[[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
			echo "$package"
	done
}

# Sets as_root to the command that makes the next words run as root; fails where there is none.
find_root() {
	as_root=()
	if [[ $EUID -eq 0 ]]; then
		return 0
	fi
	command -v sudo >/dev/null || return 1
	as_root=(sudo)
	# A password can be asked for only where somebody sits.
	sudo -n true 2>/dev/null || [[ -t 0 && -t 2 ]]
}

need_packages() {
	local -a missing as_root install=(apt-get install -y --no-install-recommends)
	if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
		echo "This is not Debian: install what these packages hold by hand: $*" >&2
		return 0
	fi
	mapfile -t missing < <(missing_packages "$@")
	[[ ${#missing[@]} -gt 0 ]] || return 0
	if ! find_root; then
		echo "Some packages are missing, and only root can install them. Please run:" >&2
		echo "    apt-get update && ${install[*]} ${missing[*]}" >&2
		return 1
	fi
	echo "Installing ${missing[*]}"
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q update >/dev/null &&
		"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "${install[@]}" -q "${missing[@]}" \
			>/dev/null || {
		echo "apt-get failed; what it said is above." >&2
		return 1
	}
}

# Leaves promtool in DIR/promtool unless it is installed. It comes out of Debian's package
# prometheus without installing that: the package would start a server on this machine.
need_promtool() {
	local dir=$1 scratch
	if command -v promtool >/dev/null || [[ -x $dir/promtool ]]; then
		return 0
	fi
	mkdir -p "$dir"
	scratch=$(mktemp -d "$dir/unpack.XXXXXX")
	echo "Fetching promtool (from the package prometheus, which is not installed)"
	if ! (cd "$scratch" && apt-get -q download prometheus && dpkg-deb -x ./*.deb .) \
		>"$dir/promtool.log" 2>&1; then
		local -a as_root
		# A fresh machine has no package lists yet.
		if ! find_root || ! "${as_root[@]}" apt-get -q update >>"$dir/promtool.log" 2>&1 ||
			! (cd "$scratch" && apt-get -q download prometheus && dpkg-deb -x ./*.deb .) \
				>>"$dir/promtool.log" 2>&1; then
			cat "$dir/promtool.log" >&2
			echo "promtool could not be fetched. Please run:" >&2
			echo "    apt-get update && apt-get install -y --no-install-recommends prometheus" >&2
			rm -rf "$scratch"
			return 1
		fi
	fi
	mv "$scratch/usr/bin/promtool" "$dir/promtool"
	rm -rf "$scratch"
}
