# Completion of tipwatchctl, tipwatchd and tipwatch-demo for bash. The names of daemons come from the
# running tipwatchd; when it does not answer within a second, no names are completed. Commands and their
# arguments, dialects and levels come from the help of the programs.

# _tipwatch_names [-s SOCKET]: prints the names of all nodes. A name has no character that must be
# quoted.
_tipwatch_names() {
	timeout 1 tipwatchctl "$@" --json status 2>/dev/null |
		grep -o '"name":"[A-Za-z0-9._-]*"' | cut -d '"' -f 4 | sort -u
}

# _tipwatch_words WORDS: completes with those words that begin with what was typed.
_tipwatch_words() {
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "${COMP_WORDS[COMP_CWORD]}")
}

# _tipwatch_commands [COMMAND]: the line of tipwatchctl's help on a command, or those on all, without
# indentation: its name, its arguments, and what it does. Of a command in two forms it is the one with
# arguments.
_tipwatch_commands() {
	tipwatchctl --help 2>/dev/null |
		awk -v name="${1-}" '/^  [a-z]/ && (name == "" || name == $1) {
			$1 = $1; print; if (name != "") exit }'
}

_tipwatch_files() {
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
}

_tipwatchctl() {
	local word command='' first='' second='' i n=0
	local -a socket=()

	# The command, how many arguments it has so far, and whom to ask.
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $word in
		-s | --socket | -c | --config | --since)
			if [[ $word == -s || $word == --socket ]]; then
				socket=(-s "${COMP_WORDS[i + 1]-}")
			fi
			((i++))
			;;
		-*) ;;
		*)
			if [[ -z $command ]]; then command=$word; else ((n++)); fi
			;;
		esac
	done
	case ${COMP_WORDS[COMP_CWORD - 1]} in
	-s | --socket | -c | --config)
		_tipwatch_files
		return
		;;
	esac
	if [[ ${COMP_WORDS[COMP_CWORD]} == -* ]]; then
		case $command in
		status) _tipwatch_words '-s --socket --json --nagios --help' ;;
		blocks) _tipwatch_words '-s --socket --json --since --help' ;;
		report) _tipwatch_words '-s --socket --json --since --mail --help' ;;
		replay) _tipwatch_words '-c --config --every --text --help' ;;
		*) _tipwatch_words '-s --socket --json --nagios --help --version' ;;
		esac
		return
	fi
	if [[ -z $command ]]; then
		_tipwatch_words "$(_tipwatch_commands | cut -d ' ' -f 1)"
		return
	fi
	read -r _ first second _ <<<"$(_tipwatch_commands "$command")"
	case $n:$first:$second in
	0:NAME:* | 0:\[NAME\]:*) _tipwatch_words "$(_tipwatch_names "${socket[@]}")" ;;
	# The line ends with a colon and the words.
	1:NAME:WHAT) _tipwatch_words "$(_tipwatch_commands "$command" | sed 's/.*: //; s/,//g')" ;;
	0:\[COMMAND\]:*) _tipwatch_words "$(_tipwatch_commands | cut -d ' ' -f 1)" ;;
	0:\[SPAN\]:*) ;;
	0:\[*\]:*) _tipwatch_words "${first//[][]/}" ;;
	*:FILE*) _tipwatch_files ;;
	esac
}

_tipwatchd() {
	case ${COMP_WORDS[COMP_CWORD - 1]} in
	-c | --config | --control | --state | --journal) _tipwatch_files ;;
	--log-level)
		_tipwatch_words "$(tipwatchd --help 2>/dev/null |
			sed -n 's/,//g; s/ (default)//; s/ or / /; s/^ *--log-level LEVEL *//p')"
		;;
	--log-format)
		_tipwatch_words "$(tipwatchd --help 2>/dev/null |
			sed -n 's/,//g; s/ (default)//; s/ or / /; s/^ *--log-format FORMAT *//p')"
		;;
	--http) ;;
	*)
		[[ ${COMP_WORDS[COMP_CWORD]} != -* ]] ||
			_tipwatch_words '-c --config -t --test-config --print-config --once --json
				--control --http --state --journal --log-level --log-format --version --help'
		;;
	esac
}

_tipwatch_demo() {
	case ${COMP_WORDS[COMP_CWORD - 1]} in
	--control | --script | --follow | --ports-file) _tipwatch_files ;;
	--dialect)
		_tipwatch_words "$(tipwatch-demo --help 2>/dev/null |
			sed -n '/^Dialects: /,/^$/p' | grep -o '[a-z-]*@' | tr -d @)"
		;;
	*)
		[[ ${COMP_WORDS[COMP_CWORD]} != -* ]] ||
			_tipwatch_words '--nodes --names --dialect --port --peer-port --block-time --fixed
				--delay --height --seed --control --script --story --follow --ports-file
				--json --help --version'
		;;
	esac
}

complete -F _tipwatchctl tipwatchctl
complete -F _tipwatchd tipwatchd
complete -F _tipwatch_demo tipwatch-demo
