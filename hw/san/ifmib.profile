# Ethernet or FC switch port by IF-MIB ifAdminStatus
# Fabric: no reboot. Alias at 1.3.6.1.2.1.31.1.1.1.18.{o}; ifName at .31.1.1.1.1.{o}; ifIndex may change at a switch reboot: address ports by name.
# Verify ifOperStatus (.2.2.1.8) as well.
# Certainty A: two independent sources agree. Source: RFC 2863, fence-agents fence_ifmib.
vendor = any
name = 1.3.6.1.2.1.31.1.1.1.1.{o}
name = 1.3.6.1.2.1.31.1.1.1.18.{o}
name = 1.3.6.1.2.1.2.2.1.2.{o}
status = 1.3.6.1.2.1.2.2.1.7.{o}
on = 1
off = 2
moving = 3
switch-on = 1.3.6.1.2.1.2.2.1.7.{o} 1
switch-off = 1.3.6.1.2.1.2.2.1.7.{o} 2
works = 1.3.6.1.2.1.2.2.1.8.{o}
works-not = 2 6 7
