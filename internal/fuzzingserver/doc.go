// Package fuzzingserver tests WebSocket clients that connect of their own
// accord, such as one that a driver program runs or one in a browser: it serves
// every case of the suite at a URL, and judges the client that comes for it.
//
// The URLs are those of Autobahn|Testsuite's fuzzing server, so that drivers
// made for it run unchanged. Each is asked for over a WebSocket connection, and
// but for the case itself the answer is one text message of JSON and a close:
//
//   - /runCase?case=N&agent=A plays a case. Instead of by its number from 1 on,
//     it can be named: casetuple=1.2.3, or casetuple=rfc6455/5.5/ping-126.
//   - /getCaseCount answers the number of cases that are served: 517.
//   - /getCaseInfo?case=N answers {"id": "1.2.3", "description": "Send ..."}.
//   - /getCaseStatus?case=N&agent=A answers {"behavior": "OK"}, once the case has
//     ended; with "again": true where something was not seen in time, so that the
//     case is worth playing again with nothing beside it.
//   - /updateReports?agent=A answers nothing, but closes once the report is
//     written; with shutdownOnComplete=true the server then stops.
//   - /stopServer stops it.
//
// The agent is what the client wants to be called in the report. Clients may
// come side by side. A case that is run again counts as it ended the last time.
//
// [New] makes a [Server], [Server.Serve] accepts clients, [Server.ServeConn]
// takes a connection that was accepted elsewhere, and [Server.Report] returns what
// was found so far.
//
// Nothing that a client sends is trusted: see [Config] for the limits. Requests
// other than opening handshakes get a page.
package fuzzingserver
