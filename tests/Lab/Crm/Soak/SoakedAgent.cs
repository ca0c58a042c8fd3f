namespace Appliance.Lab.Crm.Soak;

/// <summary>An OCF agent that writes down what is done to it, notices when it runs on two machines, and fails or hangs on demand.</summary>
internal static class SoakedAgent
{
    /// <summary>State and faults, in the machine's /run, which a power cut empties.</summary>
    public const string Here = "/run/soak";

    /// <summary>Where every action is written down, in the machine's /var/log: <c>NAME ACTION</c>.</summary>
    public const string Log = "soaked";

    /// <summary>NAME.ACTION.fail and NAME.ACTION.hang in /run/soak make the action do so. The directory "shared" stands for a disk that all machines see: who starts says there that it runs.</summary>
    public const string Script =
        """
        #!/bin/sh
        # usage: Soaked start|stop|monitor|reload-agent|meta-data|validate-all
        here=/run/soak name=${OCF_RESOURCE_INSTANCE%%:*}
        state=$here/$name.state
        case $1 in
          meta-data)
            cat <<'XML'
        <?xml version="1.0"?>
        <resource-agent name="Soaked" version="1.0">
          <version>1.1</version>
          <longdesc lang="en">For the lab.</longdesc>
          <shortdesc lang="en">For the lab</shortdesc>
          <parameters>
            <parameter name="shared"><longdesc lang="en">Directory that all machines see.</longdesc><shortdesc lang="en">Directory</shortdesc><content type="string"/></parameter>
            <parameter name="note" reloadable="1"><longdesc lang="en">Can change while it runs.</longdesc><shortdesc lang="en">Note</shortdesc><content type="string"/></parameter>
          </parameters>
          <actions>
            <action name="start" timeout="20s"/><action name="stop" timeout="20s"/><action name="monitor" timeout="20s" interval="10s" depth="0"/>
            <action name="reload-agent" timeout="20s"/><action name="meta-data" timeout="5s"/><action name="validate-all" timeout="20s"/>
          </actions>
        </resource-agent>
        XML
            exit 0 ;;
          validate-all) exit 0 ;;
        esac
        [ "$1" = monitor ] || echo "$name $1" >>/var/log/soaked
        [ ! -e "$here/$name.$1.hang" ] || exec sleep 1000
        [ ! -e "$here/$name.$1.fail" ] || exit 1
        own=$OCF_RESKEY_shared/$name@$(cat /proc/sys/kernel/hostname)
        case $1 in
          start)
            if [ -n "$OCF_RESKEY_shared" ]; then
              : >"$own"
              for other in "$OCF_RESKEY_shared/$name@"*; do [ "$other" = "$own" ] || echo "$name is started beside ${other##*/}" >>"$OCF_RESKEY_shared/twice"; done
            fi
            : >"$state" ;;
          stop)
            rm -f "$state"
            [ -z "$OCF_RESKEY_shared" ] || rm -f "$own" ;;
          monitor) [ -e "$state" ] || exit 7 ;;
          reload-agent) [ -e "$state" ] || exit 7 ;;
          *) exit 3 ;;
        esac
        exit 0
        """;
}
