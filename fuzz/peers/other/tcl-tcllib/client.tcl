# Echo client made with tcllib's websocket: client.tcl URL.

package require websocket

proc handler {sock type message} {
    switch -- $type {
        text - binary { ::websocket::send $sock $type $message }
        close - disconnect - timeout - error { exit }
    }
}

::websocket::open [lindex $argv 0] handler
vwait forever
