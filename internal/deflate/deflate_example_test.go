package deflate_test

import (
	"fmt"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/wsproto"
)

// A server's payload that goes one octet beyond the window of 256 it agreed to.
func ExampleInflater() {
	payload := new(deflate.Emitter).
		Stored(false, make([]byte, 300)).
		Fixed(false).Match(10, 256).Match(10, 257).EndBlock().
		Message()

	z := deflate.NewInflater(deflate.Stream{WindowBits: 8}, 1<<20)
	message, report, err := z.Message(nil, payload)
	fmt.Println(len(message), report.Ending, err)
	fmt.Println("longest distance:", report.MaxDistance)
	fmt.Println("beyond the window:", report.Window.Count, "by", report.Window.Max, "at bit", report.Window.Bit)
	// Output:
	// 320 flushed and stripped <nil>
	// longest distance: 257
	// beyond the window: 1 by 1 at bit 2468
}

// A payload in pieces, as frames bring it, and its fault.
func ExampleInflater_Append() {
	payload := new(deflate.Emitter).Fixed(false).Literals("Hello").Symbol(286).Bytes()

	z := deflate.NewInflater(deflate.Stream{}, 1<<20)
	var message []byte
	for _, octet := range payload {
		var err error
		if message, err = z.Append(message, []byte{octet}); err != nil {
			fmt.Printf("%q, then %v\n", message, err)
			break
		}
	}
	report, _ := z.End()
	fmt.Println(report.Ending, report.Err.Fault == deflate.FaultLitLenSymbol)
	// Output:
	// "Hello", then deflate: invalid literal/length symbol, at octet 5 bit 3
	// fault true
}

func ExampleCompressor() {
	c := deflate.NewCompressor(deflate.Stream{WindowBits: 9})
	fmt.Printf("% x\n", c.Message(nil, []byte("Hello")))
	fmt.Printf("% x\n", c.Message(nil, []byte("Hello")))
	// Output:
	// f2 48 cd c9 c9 07 00
	// 02 13 00 00
}

func ExampleEmitter() {
	e := new(deflate.Emitter).Fixed(false).Literals("ab").Match(4, 2).EndBlock()
	fmt.Printf("% x\n", e.Message())
	fmt.Printf("% x\n", e.Flush().Bytes())
	// Output:
	// 4a 4c 02 41 00 00
	// 4a 4c 02 41 00 00 00 00 ff ff
}

func ExampleAnswer() {
	offers, err := wsproto.ParseExtensions([]string{
		"permessage-deflate; server_max_window_bits=16",
		"permessage-deflate; server_max_window_bits=10; client_max_window_bits",
	})
	if err != nil {
		fmt.Println(err)
	}
	answer, index, ok := deflate.Answer(offers, deflate.Policy{ClientMaxWindowBits: 9})
	fmt.Println(answer, index, ok)
	fmt.Println("server:", answer.Server())
	fmt.Println("client:", answer.Client())
	// Output:
	// permessage-deflate; server_max_window_bits=10; client_max_window_bits=9 1 true
	// server: 10 bits
	// client: 9 bits
}

func ExampleAccept() {
	offers := []wsproto.Extension{deflate.Params{ServerNoContextTakeover: true}.Extension()}
	answers, err := wsproto.ParseExtensions([]string{"permessage-deflate; client_max_window_bits=08"})
	if err != nil {
		fmt.Println(err)
	}
	_, _, ok, problems := deflate.Accept(answers, offers)
	fmt.Println(ok)
	for _, p := range problems {
		fmt.Println(p)
	}
	// Output:
	// false
	// value with leading zeros: client_max_window_bits=08 (RFC 7692 7.1.2)
	// asked for and not answered: server_no_context_takeover (RFC 7692 7.1.1.1)
}

func ExampleStock() {
	stock := deflate.NewStock([]byte("0123456789"), 9, 4)
	c := deflate.NewCompressor(deflate.Stream{WindowBits: 9})
	z := deflate.NewInflater(deflate.Stream{WindowBits: 9}, 100)
	for from := 0; from < 30; from += 7 {
		message, _, err := z.Message(nil, stock.Message(nil, c, from, 7))
		fmt.Println(string(message), err)
	}
	// Output:
	// 0123456 <nil>
	// 7890123 <nil>
	// 4567890 <nil>
	// 1234567 <nil>
	// 8901234 <nil>
}
