# The demonstration of "install.sh --demo"; sourced by it.
# shellcheck shell=bash
demo() { die "the demonstration is not built yet"; }
