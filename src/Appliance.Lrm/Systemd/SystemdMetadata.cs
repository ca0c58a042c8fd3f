using System.Security;

namespace Appliance.Lrm.Systemd;

/// <summary>A unit's description as the XML that OCF cluster managers read (ra-api-1.dtd), with the elements Pacemaker gives for its systemd class.</summary>
public static class SystemdMetadata
{
    public static string Xml(string agent, string description)
    {
        var name = SecurityElement.Escape(agent);
        return $"""
            <?xml version="1.0"?>
            <!DOCTYPE resource-agent SYSTEM "ra-api-1.dtd">
            <resource-agent name="{name}" version="1.1">
              <version>1.1</version>
              <longdesc lang="en">{SecurityElement.Escape(description)}</longdesc>
              <shortdesc lang="en">The unit {name} of systemd</shortdesc>
              <parameters/>
              <actions>
                <action name="start" timeout="100"/>
                <action name="stop" timeout="100"/>
                <action name="status" timeout="100"/>
                <action name="monitor" timeout="100" interval="60"/>
                <action name="meta-data" timeout="5"/>
              </actions>
              <special tag="systemd"/>
            </resource-agent>

            """;
    }
}
