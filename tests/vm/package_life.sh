# The life of the agent's package on a machine with systemd. Run there by package_life.py, which has put the
# packages and settings beside it.
here=/run/host
state=/var/lib/godwit

step() { echo "STEP $*"; }
fail() { echo "STEP FAILED: $*"; systemctl status godwit-agent; journalctl -u godwit-agent -n 40 --no-pager; exit 1; }
install() { dpkg -i "$here/$1" >/tmp/dpkg.log 2>&1 || { cat /tmp/dpkg.log; fail "dpkg -i $1"; }; }
runs() { runuser -u godwit -- godwit-agent spool stat | grep -cE '^[0-9a-f]{16} '; }
await() { # SECONDS WHAT COMMAND…
  local seconds=$1 what=$2
  shift 2
  for _ in $(seq "$seconds"); do "$@" >/dev/null 2>&1 && return; sleep 1; done
  fail "after $seconds s still not: $what"
}
active() { systemctl is-active --quiet godwit-agent; }
has_runs() { [ "$(runs)" -ge "$1" ]; }
pid() { systemctl show -p MainPID --value godwit-agent; }
wakes() { cat "/proc/$(pid)"/task/*/status | awk '/^voluntary_ctxt_switches/ { sum += $2 } END { print sum }'; }

# As a program does that keeps the clock right: adjtimex(2) without STA_UNSYNC, and with a bound of 1 ms.
synchronise() {
  perl -e '$t = pack("L x4 q4 l x4", 0x14, 0, 0, 1000, 1000, 0) . "\0" x 160;
           exit(syscall($ARGV[0], $t) < 0)' "$([ "$(uname -m)" = aarch64 ] && echo 171 || echo 159)"
}

mount -o remount,rw /
rm -rf /etc/systemd/system/godwit-agent.service.d
systemctl daemon-reload

dpkg --purge godwit-agent >/tmp/dpkg.log 2>&1 || { cat /tmp/dpkg.log; fail "purge"; }
[ -z "$(ls -A $state)" ] || fail "a purge leaves nothing in $state: $(ls -A $state)"
[ ! -e /etc/godwit/agent.toml ] || fail "a purge removes the settings"
id godwit >/dev/null || fail "a purge keeps the user"
step purged

install new-machine.deb
await 60 "it runs once it is installed" active
await 60 "it says that it has no endpoint" sh -c 'journalctl -u godwit-agent | grep -q "no upload.endpoint is set: sampling and spooling"'
await 30 "systemctl status says so" sh -c "systemctl status godwit-agent | grep -q 'Status: \"no upload.endpoint is set'"
[ "$(stat -c %U:%a $state)" = godwit:700 ] || fail "the state is the user's alone: $(stat -c %U:%a $state)"
systemctl kill -s USR1 godwit-agent
await 30 "it has a run in its spool" has_runs 1
step installed without an endpoint

echo '# the owner was here' >>/etc/godwit/agent.toml
printf '[agent]\nlabels = { site = "here" }\n' >/etc/godwit/conf.d/local.toml
before=$(runs)
install next.deb
await 60 "it runs after the upgrade" active
dpkg-query -W -f='${Version}' godwit-agent | grep -q '^0.1.1' || fail "it is the next version"
grep -q 'the owner was here' /etc/godwit/agent.toml || fail "an upgrade keeps the settings"
await 30 "the spool has the runs before and a new one" has_runs $((before + 1))
step upgraded

install new-machine.deb
await 60 "it runs after the downgrade" active
await 30 "the spool has all its runs" has_runs $((before + 2))
grep -q 'site = "here"' /etc/godwit/conf.d/local.toml || fail "a downgrade keeps the settings"
step downgraded

cp $here/ca.pem $here/recording.csv /etc/godwit/
cp $here/upload.toml /etc/godwit/conf.d/
systemctl restart godwit-agent
await 60 "it runs with a collector" active
sleep 30 # what a start costs is over
woken=$(wakes)
measured=120
sleep $measured
step "costs $(awk '/^(VmRSS|RssAnon|Threads):/ { print $1, $2 }' "/proc/$(pid)/status" | tr '\n' ' ')Wakes: $(($(wakes) - woken)) Seconds: $measured"

modprobe test_power 2>/dev/null
rm /etc/godwit/conf.d/upload.toml
cp $here/everything.toml /etc/godwit/conf.d/
mkdir -p /etc/systemd/system/godwit-agent.service.d
godwit-agent config check || fail "the settings with every sensor are right"
godwit-agent config sandbox >/etc/systemd/system/godwit-agent.service.d/sandbox.conf || fail "config sandbox"
systemctl daemon-reload
systemctl restart godwit-agent
await 60 "it runs with every sensor" active
level=$(systemd-analyze security godwit-agent --no-pager | sed -n 's/.*exposure level for [^:]*: \([0-9.]*\).*/\1/p')
step "exposed $level"
for second in $(seq 90); do
  echo 'door.opened:1|c' >/dev/udp/127.0.0.1/8125
  sleep 1
  if [ "$second" = 45 ]; then
    synchronise || fail "adjtimex"
    step clock synchronised
  fi
done
step sampled with every sensor

systemctl disable --now godwit-agent >/dev/null 2>&1
dpkg -r godwit-agent >/tmp/dpkg.log 2>&1 || { cat /tmp/dpkg.log; fail "remove"; }
[ -d $state/spool ] && [ -e /etc/godwit/agent.toml ] || fail "removing keeps spool and settings"
dpkg --purge godwit-agent >/tmp/dpkg.log 2>&1 || { cat /tmp/dpkg.log; fail "purge at the end"; }
[ -z "$(ls -A $state)" ] || fail "a purge leaves nothing"
step over
