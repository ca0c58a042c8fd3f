# Intel: MFSYS25, MFSYS35
# Written off (3) differs from the off read back (0); firmware 2.7 and later write over v3 only.
# Certainty B: one public implementation. Source: fence-agents fence_intelmodular.
vendor = Intel
status = 1.3.6.1.4.1.343.2.19.1.2.10.202.1.1.6.{o}
on = 2
off = 0
switch-on = 1.3.6.1.4.1.343.2.19.1.2.10.202.1.1.6.{o} 2
switch-off = 1.3.6.1.4.1.343.2.19.1.2.10.202.1.1.6.{o} 3
