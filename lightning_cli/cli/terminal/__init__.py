"""The terminal: messages, results and progress go out to the user, keys come in.

``console`` writes messages and results; ``listing`` tables and JSON; ``status_line`` composes the one line that shows
playback or progress, ``event_lines`` says the same in lines that stay; ``progress_bar`` the bar of a batch; ``stats``
the figures of ``--stats``; ``keyboard`` and ``remote`` turn keys into commands for the deck, and ``quit_call`` ends the
run, ``signal_echo`` where a signal was missed; ``suggest`` finds what a mistyped command line probably meant.
"""
