namespace Appliance.Commands.Crm;

/// <summary>What crm_mon says of itself.</summary>
internal static class CrmMonHelp
{
    public const string Text = """
        Usage:
          crm_mon [OPTION…]

        crm_mon - the status of the cluster (options and texts of Pacemaker 2.1.5)

        How it is shown:
          --output-as=FORMAT            console (default), text, xml, html
          --output-to=FILE              Into this file; "-" is standard output
          --json                        Once, as JSON (our own)
          --html-cgi                    With the header that a web server wants
          --html-title=TITLE            The title of the page
          --html-stylesheet=URI         Its style sheet

        What is shown:
          -I, --include=SECTION,...     Sections more, from left to right ("list" names them)
          -U, --exclude=SECTION,...     Sections fewer
          --node=NODE                   Only this node, or nodes with this tag
          --resource=RSC                Only this resource, or resources with this tag
          -n, --group-by-node           Resources below the nodes they run on
          -r, --inactive                Resources too that do not run
          -f, --failcounts              How often resources failed
          -o, --operations              What was done with resources
          -t, --timing-details          ... and when, and how long it took
          -c, --tickets                 Tickets
          -m, --fence-history[=LEVEL]   Nodes that were fenced: 0 none, 1 failed and pending (as without it),
                                        2 (without a number) and 3 all
          -L, --neg-locations[=PREFIX]  Constraints that keep resources away
          -A, --show-node-attributes    Attributes of nodes
          -D, --hide-headers            Not the summary
          -R, --show-detail             Ids of nodes, every instance of a clone
          -b, --brief                   Resources counted
          -s, --simple-status           One line, for Nagios and its kind
          --strict-status               With -s: exit status 1 for a warning, 2 without a cluster (our own)

        How long:
          -i, --interval=TIME           How often to look (5s)
          -1, --one-shot                Once
          -d, --daemonize               In the background; needs --output-to or --external-agent
          -p, --pid-file=FILE           Its process id
          -E, --external-agent=FILE     A program to run when something was done with a resource
          -e, --external-recipient=WHO  Whom it is to tell
          -W, --watch-fencing           ... and when a node was fenced

        As before:
          -h, --as-html=FILE   -X, --as-xml   -N, --disable-ncurses   -w, --web-cgi

          -V, --verbose   -Q, --quiet   -$, --version   -?, --help

        While it runs, "?" shows the keys.

        """;
}
