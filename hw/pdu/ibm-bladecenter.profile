# IBM: BladeCenter management module
# O is the blade bay; select by name, not by sysObjectID.
# Certainty B: one public implementation. Source: fence-agents fence_ibmblade.
vendor = IBM
status = 1.3.6.1.4.1.2.3.51.2.22.1.5.1.1.4.{o}
on = 1
off = 0
switch-on = 1.3.6.1.4.1.2.3.51.2.22.1.6.1.1.7.{o} 1
switch-off = 1.3.6.1.4.1.2.3.51.2.22.1.6.1.1.7.{o} 0
