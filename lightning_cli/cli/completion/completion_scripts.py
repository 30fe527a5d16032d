"""The shells' scripts: each hands the line to the program (completing.py) and gives its answer to the shell.

``completions/`` holds them ready, made by ``make completions``.
"""

# The program is called as it was typed; for an alias, which is not a program, by its proper name.
BASH = r"""# bash completion for lightning-tts; made by "make completions".
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
"""

ZSH = r"""#compdef lightning-tts
# zsh completion for lightning-tts; made by "make completions".

_lightning_tts() {
    local program=${(Q)words[1]} line how skip
    local -a answer values
    program=${program/#\~\//$HOME/}
    (( $+commands[$program] )) || [[ $program == */* && -x $program ]] || program=lightning-tts
    answer=("${(@f)$(_LIGHTNING_TTS_COMPLETE=zsh $program "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    how=${answer[1]%% *}
    skip=${answer[1]#* }
    (( skip )) && compset -p $skip
    case $how in
        files) _files ;;
        directories) _files -/ ;;
        values)
            for line in "${(@)answer[2,-1]}"; do
                # A colon parts the value from what is shown beside it.
                values+=("${${${line%%$'\t'*}//\\/\\\\}//:/\\:}:${line#*$'\t'}")
            done
            _describe -V 'lightning-tts' values
            ;;
    esac
}

if [[ $funcstack[1] == _lightning-tts ]]; then
    _lightning_tts "$@"
else
    compdef _lightning_tts lightning-tts
fi
"""

FISH = r"""# fish completion for lightning-tts; made by "make completions".

function __lightning_tts_complete
    set -l words (commandline -opc)
    set -l raw (commandline -ct)
    set -l word (string unescape -- $raw; or printf '%s\n' $raw)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    type -q -f -- $program; or set program lightning-tts
    set -l answer (env _LIGHTNING_TTS_COMPLETE=fish $program $words[2..-1] "$word" 2>/dev/null)
    set -l how (string split ' ' -- $answer[1])
    switch "$how[1]"
        case values
            printf '%s\n' $answer[2..-1]
        case files directories
            set -l start (string sub -l $how[2] -- "$word")
            set -l rest (string sub -s (math $how[2] + 1) -- "$word")
            for path in (__fish_complete_path "$rest")
                if test "$how[1]" = files; or string match -q '*/*' -- (string split \t -- $path)[1]
                    printf '%s%s\n' $start $path
                end
            end
    end
end

complete -c lightning-tts -f -k -a '(__lightning_tts_complete)'
"""

POWERSHELL = r"""# PowerShell completion for lightning-tts; made by "make completions". Untested.

Register-ArgumentCompleter -Native -CommandName 'lightning-tts' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements |
        Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { if ($null -ne $_.Value) { $_.Value } else { $_.Extent.Text } })
    $program = $commandAst.CommandElements[0].Extent.Text
    if (-not (Get-Command -Name $program -CommandType Application -ErrorAction SilentlyContinue)) {
        $program = 'lightning-tts'
    }
    $word = $wordToComplete.Trim('''"')
    $env:_LIGHTNING_TTS_COMPLETE = 'powershell'
    $env:_LIGHTNING_TTS_COMPLETE_WORD = $word
    try {
        $how, $values = & $program @words 2>$null
    } finally {
        Remove-Item Env:_LIGHTNING_TTS_COMPLETE, Env:_LIGHTNING_TTS_COMPLETE_WORD -ErrorAction SilentlyContinue
    }
    $kind, $skip = "$how" -split ' '
    # Of files PowerShell knows more than anyone; it offers them where nothing is returned.
    if ($kind -ne 'values') { return }
    $start = $word.Substring(0, [int]$skip)
    foreach ($line in $values) {
        $value, $shown = $line -split "`t", 2
        $text = $start + $value
        if ($text -match '[^\w./:+=-]') { $text = "'" + $text.Replace("'", "''") + "'" }
        if (-not $shown) { $shown = $value }
        [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $shown)
    }
}
"""

# Shell -> the name of its file where such files are kept, and the script.
SCRIPTS = {
    "bash": ("lightning-tts.bash", BASH),
    "zsh": ("_lightning-tts", ZSH),
    "fish": ("lightning-tts.fish", FISH),
    "powershell": ("lightning-tts.ps1", POWERSHELL),
}
