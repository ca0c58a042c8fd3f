# Cisco: MDS 9000 by FC-FE-MIB fcFxPortPhysAdminStatus
# Port fcX/Y: m = X + 21, p = Y - 1; values online(1) offline(2) testing(3); newer systems may only answer IF-MIB.
# Certainty B: one public implementation. Source: FC-FE-MIB (RFC 2837), fence-agents fence_cisco_mds.
vendor = Cisco
status = 1.3.6.1.2.1.75.1.2.2.1.1.{m}.{p}
on = 1
off = 2
moving = 3
switch-on = 1.3.6.1.2.1.75.1.2.2.1.1.{m}.{p} 1
switch-off = 1.3.6.1.2.1.75.1.2.2.1.1.{m}.{p} 2
works = 1.3.6.1.2.1.75.1.2.2.1.2.{m}.{p}
works-not = 2
plug = fc{m-21}/{p+1}
