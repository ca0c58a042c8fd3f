namespace Appliance.Lab.Harness;

/// <summary>A resource script that writes down what is done to it and fails on demand.</summary>
internal static class TrackedService
{
    /// <summary>Arguments: name, then the action. /run/fail-start-NAME and /run/fail-stop-NAME make the action fail while they exist.</summary>
    public const string Script =
        """
        #!/bin/sh
        # usage: Track NAME start|stop|status
        state=/run/track-$1
        case $2 in
          start)
            echo "start $1" >>/var/log/track
            [ ! -e /run/fail-start-$1 ] || exit 1
            touch $state ;;
          stop)
            echo "stop $1" >>/var/log/track
            [ ! -e /run/fail-stop-$1 ] || exit 1
            rm -f $state ;;
          status) if [ -e $state ]; then echo running; else echo "not running"; exit 3; fi ;;
        esac
        """;
}
