# PowerShell completion for lightning-tts; made by "make completions". Untested.

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
