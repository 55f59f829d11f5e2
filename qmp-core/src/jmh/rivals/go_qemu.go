// DigitalOcean's go-qemu in the benchmarks: runs the turns that dev.qmp.benchmark.LibraryProcess asks for.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/digitalocean/go-qemu/qmp"
)

const eventsAtATime = 1024

func main() {
	monitor, err := qmp.NewSocketMonitor("unix", os.Args[1], 5*time.Second)
	check(err)
	check(monitor.Connect())
	fmt.Println("go-qemu on", runtime.Version())
	var heard <-chan qmp.Event
	turns := bufio.NewScanner(os.Stdin)
	for turns.Scan() {
		var task string
		var count int
		_, err := fmt.Sscan(turns.Text(), &task, &count)
		check(err)
		switch task {
		case "COMMANDS":
			for ; count > 0; count-- {
				execute(monitor, "query-status")
			}
		case "EVENTS":
			if heard == nil {
				heard, err = monitor.Events(context.Background())
				check(err)
			}
			for ; count > 0; count -= eventsAtATime {
				events(monitor, heard)
			}
		}
		fmt.Println("done")
	}
}

func execute(monitor *qmp.SocketMonitor, command string) {
	request, err := json.Marshal(qmp.Command{Execute: command})
	check(err)
	_, err = monitor.Run(request)
	check(err)
}

// The channel of the events has no buffer, so that the reply arrives after they have been received.
func events(monitor *qmp.SocketMonitor, heard <-chan qmp.Event) {
	replied := make(chan struct{})
	go func() {
		execute(monitor, fmt.Sprintf("events-%d", eventsAtATime))
		close(replied)
	}()
	for i := 0; i < eventsAtATime; i++ {
		<-heard
	}
	<-replied
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
