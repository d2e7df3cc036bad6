package main

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"syscall"
	"time"
)

// cost is what a slice of work cost this process.
type cost struct {
	// CPUUs is the CPU time of all threads, in microseconds.
	CPUUs  float64 `json:"cpuUs"`
	WallUs float64 `json:"wallUs"`
}

func measure(work func() error) (cost, error) {
	cpu, start := cpuTime(), time.Now()
	err := work()

	return cost{micro(cpuTime() - cpu), micro(time.Since(start))}, err
}

func micro(time time.Duration) float64 {
	return float64(time.Nanoseconds()) / 1000
}

func cpuTime() time.Duration {
	var usage syscall.Rusage

	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}

	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// memory is bytes of resident memory before a stream, and the most while reading it.
type memory struct {
	Idle int64 `json:"idle"`
	Peak int64 `json:"peak"`
}

// slowConsumer reads a byte stream, pausing 5 ms after each MiB.
func slowConsumer(ctx context.Context, client *contender, next order) (memory, error) {
	if err := client.version(ctx, ""); err != nil {
		return memory{}, err
	}

	debug.FreeOSMemory()
	time.Sleep(200 * time.Millisecond)

	idle, err := resident()
	if err != nil {
		return memory{}, err
	}

	peak := idle
	unpaused := 0

	total, err := client.snapshot(ctx, func(size int) error {
		if unpaused += size; unpaused < 1<<20 {
			return nil
		}

		unpaused = 0

		now, err := resident()
		peak = max(peak, now)

		time.Sleep(5 * time.Millisecond)

		return err
	})
	if err != nil {
		return memory{}, err
	}

	return memory{idle, peak}, expect(total, next.Count*next.Size)
}

// resident reads the bytes of resident memory, as Linux tells them.
func resident() (int64, error) {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, err
	}

	var size, pages int64

	_, err = fmt.Sscan(string(text), &size, &pages)

	return pages * int64(os.Getpagesize()), err
}
