#!/bin/sh
# Puts $RULESET (base64 of gzip) into force in the router's network namespace, together with the removal of what it no
# longer names: one transaction, so that a packet meets the old rules or the new ones. Counters that stay go on counting.
# Only what was signed, and nothing older than what was put into force before: the table itself remembers that, and $MEMORY
# does where the table was deleted since.
set -eu
PATH=$PATH:/usr/sbin:/sbin

refuse() {
  echo "Refused: $1 Nothing was changed." >&2
  exit 1
}

there() {
  if [ -n "$NETWORK_NAMESPACE" ]; then
    nsenter --net="/run/netns/$NETWORK_NAMESPACE" "$@"
  else
    "$@"
  fi
}

command -v openssl >/dev/null || refuse "openssl is missing here, without which no signature is verified."
proof=$(mktemp -d)
trap 'rm -r "$proof"' EXIT
{
  echo "-----BEGIN PUBLIC KEY-----"
  echo "$PUBLIC_KEY" | fold -w 64
  echo "-----END PUBLIC KEY-----"
} >"$proof/key"
printf '%s' "$SIGNATURE" | base64 -d >"$proof/signature" 2>/dev/null || :
printf 'certops firewall\nrevision %s\ndigest %s\n' "$REVISION" "$DIGEST" |
  openssl dgst -sha256 -verify "$proof/key" -signature "$proof/signature" >/dev/null 2>&1 ||
  refuse "revision $REVISION is not signed by the key of this task."

# Before the first time there is no table, which is no mistake; any other the transaction itself will tell.
present=$(there nft --terse list table inet certops 2>/dev/null) || present=
applied=$(
  {
    printf '%s\n' "$present" | sed -nE 's/^[[:space:]]+set revision-([0-9]{1,15}) [{]$/\1/p'
    sed -nE 's/^([0-9]{1,15})$/\1/p' "$MEMORY" 2>/dev/null || :
  } | sort -n | tail -n 1
)
[ "$REVISION" -ge "${applied:-0}" ] || refuse "revision $REVISION is older than revision $applied, which was put into force already."
# Before it is in force: cut off in between, it is ahead of the table and never behind it.
{ echo "$REVISION" >"$MEMORY.new" && mv "$MEMORY.new" "$MEMORY"; } || refuse "revision $REVISION cannot be noted in $MEMORY."
# The same run again, which was cut off before Terraform had noted it: all of it came into force with its revision.
case $present in
*"set revision-$REVISION {"*) exit 0 ;;
esac

# One line for each counter and set, such as "counter inet certops rule-web".
declared() { sed -nE 's/^add (counter|set) inet certops ([A-Za-z0-9_-]+).*/\1 inet certops \2/p'; }
standing() { sed -nE 's/^[[:space:]]+(counter|set) ([A-Za-z0-9_-]+) [{]$/\1 inet certops \2/p'; }

wanted=$(
  printf '%s' "$RULESET" | base64 -d | gunzip
  echo "add set inet certops revision-$REVISION { type mark; }"
)
# The former revision is among it: where another run was quicker, it is not there to be deleted, and all of this is refused.
stale=$(
  {
    printf '%s\n' "$wanted" | declared
    echo
    printf '%s\n' "$present" | standing
  } | awk '/^$/ { seen = 1; next } !seen { declared[$0]; next } !($0 in declared) { print "delete " $0 }'
)
printf '%s\n%s\n' "$wanted" "$stale" | there nft -f -
