# bash completion for lightning-tts; made by "make completions".
# Works with and without the package bash-completion.

_lightning_tts() {
    local program=${1/#\~\//$HOME/} line how=
    COMPREPLY=()
    [[ $(type -t -- "$program") == file ]] || program=lightning-tts
    while IFS= read -r line; do
        if [[ -z $how ]]; then
            how=${line%% *}
        else
            COMPREPLY+=("$line")
        fi
    done < <(_LIGHTNING_TTS_COMPLETE=bash "$program" "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
    case $how in
        files) compopt -o default 2>/dev/null ;;
        directories) compopt -o dirnames 2>/dev/null ;;
    esac
}

if ((BASH_VERSINFO[0] > 4 || (BASH_VERSINFO[0] == 4 && BASH_VERSINFO[1] >= 4))); then
    complete -o nosort -F _lightning_tts lightning-tts
else
    complete -o default -F _lightning_tts lightning-tts
fi
