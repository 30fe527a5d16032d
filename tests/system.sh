#!/bin/sh
# Install the Debian packages that the tests talk to; elsewhere, or without root, name what is missing.
set -eu
packages="git mpv libportaudio2 libasound2-plugins pulseaudio pulseaudio-utils ffmpeg sox libsox-fmt-all zsh fish bash-completion mandoc curl jq openssl parallel valgrind iproute2 speech-dispatcher jackd2"
missing=""
for tool in git mpv pulseaudio parec ffmpeg ffprobe sox soxi zsh fish mandoc curl jq openssl parallel valgrind ip speech-dispatcher spd-say jackd; do
  command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
done
ldconfig -p 2>/dev/null | grep -q libportaudio.so.2 || missing="$missing libportaudio2"
[ -e "$(find /usr/lib -name 'libasound_module_pcm_pulse.so' 2>/dev/null | head -n 1)" ] || missing="$missing libasound2-plugins"
[ -e /usr/share/bash-completion/bash_completion ] || missing="$missing bash-completion"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # shellcheck disable=SC2086
  apt-get install -y -qq --no-install-recommends $packages >/dev/null
  exit 0
fi
echo "the tests need these, and only root on Debian can install them here:$missing" >&2
exit 1
