# fish completion for lightning-tts; made by "make completions".

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
