# Debian packages that etc/quickstart and test/run need, and how to get them. To be sourced.
# need_packages installs what is missing, as root or through sudo; where it may not, it prints the
# exact command and fails. It does nothing, not even apt-get update, when nothing is missing.

build_packages=(
	gcc libc6-dev meson ninja-build pkg-config scdoc
	ca-certificates libcurl4-openssl-dev libssl-dev libmicrohttpd-dev libyajl-dev libconfig-dev
	libevent-dev
)
# Fills the array packages with what suite $1 of test/run needs beside what it builds with, and the
# array servers with the servers that need_servers fetches for it.
suite_packages() {
	packages=("${build_packages[@]}" mold python3)
	servers=()
	case $1 in
	checks) packages=(python3 clang-format-14) ;;
	# openssl makes certificates for the https tests; promtool reads the metrics.
	unit)
		packages+=(libcmocka-dev openssl)
		servers=(prometheus)
		;;
	clang)
		packages+=(libcmocka-dev openssl clang-14 libclang-rt-14-dev)
		servers=(prometheus)
		;;
	sim) packages+=(libcmocka-dev valgrind) ;;
	fuzz) packages+=(libcmocka-dev clang-14 libclang-rt-14-dev) ;;
	# clang builds the examples of the library, curl reads the event stream, Node.js runs the pool
	# adapter; redis-tools holds redis-server too, and does not start it; liblua and
	# libopentracing are what HAProxy needs; the rest tries manual, completion and terminal.
	integ)
		packages+=(libcmocka-dev openssl clang-14 curl nodejs redis-tools
			liblua5.3-0 libopentracing-c-wrapper0
			man-db tmux bash-completion zsh netcat-openbsd)
		servers=(prometheus haproxy redis)
		;;
	real) packages+=(libcmocka-dev monero nodejs) ;;
	browser) packages+=(libcmocka-dev chromium chromium-driver fonts-dejavu-core) ;;
	package) packages+=(build-essential dpkg-dev debhelper lintian mmdebstrap) ;;
	esac
}

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
	# sudo can ask for a password only on a terminal.
	sudo -n true 2>/dev/null || [[ -t 0 && -t 2 ]]
}

need_packages() {
	local -a missing as_root install=(apt-get install -y --no-install-recommends)
	if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
		echo "This is not Debian: install what these packages hold by hand: $*" >&2
		return 0
	fi
	mapfile -t missing < <(missing_packages "$@" | sort -u)
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

# need_unpacked DIR PACKAGE PATH...: puts the programs at PATH... of a Debian package into DIR, under
# their own names, without installing the package, which would start a server on this machine. Does
# nothing for programs that are installed or in DIR already.
need_unpacked() {
	local dir=$1 package=$2 path name scratch
	local -a wanted=() as_root
	shift 2
	for path in "$@"; do
		name=${path##*/}
		command -v "$name" >/dev/null || [[ -x $dir/$name ]] || wanted+=("$path")
	done
	[[ ${#wanted[@]} -gt 0 ]] || return 0
	mkdir -p "$dir"
	scratch=$(mktemp -d "$dir/unpack.XXXXXX")
	echo "Fetching ${wanted[*]##*/} (from the package $package, which is not installed)"
	# A fresh machine has no package lists yet, so the first attempt may fail.
	unpack_package "$scratch" "$package" >"$dir/$package.log" 2>&1 ||
		{ find_root && "${as_root[@]}" apt-get -q update >>"$dir/$package.log" 2>&1 &&
			unpack_package "$scratch" "$package" >>"$dir/$package.log" 2>&1; } || {
		cat "$dir/$package.log" >&2
		echo "$package could not be fetched. Please run:" >&2
		echo "    apt-get update && apt-get install -y --no-install-recommends $package" >&2
		rm -rf "$scratch"
		return 1
	}
	for path in "${wanted[@]}"; do
		mv "$scratch$path" "$dir/${path##*/}" || return 1
	done
	rm -rf "$scratch"
}
unpack_package() {
	(cd "$1" && apt-get -q download "$2" && dpkg-deb -x ./*.deb .)
}

# need_servers DIR [SERVER]...: leaves the servers that only tests run in DIR.
need_servers() {
	local dir=$1 server
	shift
	for server in "$@"; do
		case $server in
		prometheus)
			need_unpacked "$dir" prometheus /usr/bin/prometheus /usr/bin/promtool || return 1
			;;
		haproxy) need_unpacked "$dir" haproxy /usr/sbin/haproxy || return 1 ;;
		# Debian's redis-server is redis-check-rdb by another name.
		redis)
			mkdir -p "$dir"
			command -v redis-server >/dev/null || [[ -e $dir/redis-server ]] ||
				ln -s "$(command -v redis-check-rdb)" "$dir/redis-server"
			;;
		esac
	done
}
