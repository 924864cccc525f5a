#!/bin/sh
# Puts $RULESET (base64 of gzip) into force in the router's network namespace, together with the removal of what it no
# longer names: one transaction, so that a packet meets the old rules or the new ones. Counters that stay go on counting.
set -eu
PATH=$PATH:/usr/sbin:/sbin

there() {
  if [ -n "$NETWORK_NAMESPACE" ]; then
    nsenter --net="/run/netns/$NETWORK_NAMESPACE" "$@"
  else
    "$@"
  fi
}

# One line for each counter and set, such as "counter inet certops rule-web".
declared() { sed -nE 's/^add (counter|set) inet certops ([A-Za-z0-9_-]+).*/\1 inet certops \2/p'; }
standing() { sed -nE 's/^[[:space:]]+(counter|set) ([A-Za-z0-9_-]+) [{]$/\1 inet certops \2/p'; }

wanted=$(printf '%s' "$RULESET" | base64 -d | gunzip)
# Before the first time there is no table, which is no mistake; any other the transaction itself will tell.
present=$(there nft --terse list table inet certops 2>/dev/null) || present=
stale=$(
  {
    printf '%s\n' "$wanted" | declared
    echo
    printf '%s\n' "$present" | standing
  } | awk '/^$/ { seen = 1; next } !seen { declared[$0]; next } !($0 in declared) { print "delete " $0 }'
)
printf '%s\n%s\n' "$wanted" "$stale" | there nft -f -
