package specs

import (
	"encoding"
	"math/rand/v2"
	"net/netip"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"sync"
	"time"
)

// Texts that YAML has to quote, and others.
var texts = []string{
	"", "a", "hello world", "true", "null", "1", "0x1f", "~", "ünï", "multi\nline\n", "- x", "a: b", "'q'", `"d"`,
	"2020-01-01", "1e3", "-", "trailing ", "{", "[x]", "#c", "x #c", "yes", "line1\nline2", "\ttab", "=", "<<",
}

var addresses = []string{
	"", "10.5.0.2", "0.0.0.0", "::", "::1", "fe80::1%eth0", "2001:db8::1:0:0:1", "::ffff:1.2.3.4", "1:2:3:4:5:6:7:8", "1::",
}

var urls = []string{
	"https://a.b:443/p?q=1#f", "tcp://10.0.0.1:5", "http://[::1]:80/", "udp://h/%20x", "x:opaque", "/only/path", "https://h",
}

const deepest = 8

// filler gives values out of a seed.
type filler struct{ random *rand.Rand }

func newFiller(seed uint64) *filler {
	return &filler{rand.New(rand.NewPCG(seed, 14))}
}

func pick[T any](f *filler, from []T) T {
	return from[f.random.IntN(len(from))]
}

func (f *filler) fields(v reflect.Value, depth int) {
	for index := range v.NumField() {
		if v.Type().Field(index).IsExported() {
			f.fill(v.Field(index), depth+1)
		}
	}
}

func (f *filler) fill(v reflect.Value, depth int) {
	if f.known(v) || f.word(v) {
		return
	}

	switch v.Kind() {
	case reflect.String:
		v.SetString(pick(f, texts))
	case reflect.Bool:
		v.SetBool(f.random.IntN(2) == 0)
	case reflect.Int, reflect.Int64:
		v.SetInt(pick(f, []int64{0, 1, -1, 42, 1 << 40}))
	case reflect.Int8, reflect.Int16, reflect.Int32:
		v.SetInt(f.random.Int64N(200) - 100)
	case reflect.Uint64:
		v.SetUint(pick(f, []uint64{0, 1, 42, 1 << 40, 1<<63 + 5}))
	case reflect.Uint:
		v.SetUint(pick(f, []uint64{0, 1, 42, 1 << 40}))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		v.SetUint(f.random.Uint64() >> (64 - f.random.IntN(v.Type().Bits()+1)))
	case reflect.Float64:
		v.SetFloat(pick(f, []float64{0, 1, 0.5, -1.25, 1e21, 1e-7, 123456.789}))
	case reflect.Pointer:
		if f.random.IntN(3) > 0 {
			f.item(v, depth)
		}
	case reflect.Slice:
		f.list(v, depth)
	case reflect.Map:
		f.mapping(v, depth)
	case reflect.Interface:
		if v.NumMethod() == 0 {
			v.Set(reflect.ValueOf(f.anything(depth)))
		}
	case reflect.Struct:
		if f.random.IntN(5) > 0 {
			f.fields(v, depth)
		}
	default:
		panic("no values of " + v.Type().String())
	}
}

// item fills what lists and maps hold, where nothing is nil.
func (f *filler) item(v reflect.Value, depth int) {
	if v.Kind() != reflect.Pointer {
		f.fill(v, depth+1)

		return
	}

	made := reflect.New(v.Type().Elem())
	f.fill(made.Elem(), depth+1)
	v.Set(made)
}

func (f *filler) list(v reflect.Value, depth int) {
	count := f.random.IntN(4)
	if count == 0 && f.random.IntN(2) == 0 {
		return
	}

	v.Set(reflect.MakeSlice(v.Type(), count, count))

	for index := range count {
		f.item(v.Index(index), depth)
	}
}

func (f *filler) mapping(v reflect.Value, depth int) {
	count := f.random.IntN(3)
	if count == 0 && f.random.IntN(2) == 0 {
		return
	}

	v.Set(reflect.MakeMap(v.Type()))

	for index := range count {
		value := reflect.New(v.Type().Elem()).Elem()
		f.item(value, depth)

		key := pick(f, []string{"a", "__proto__", "1", "true", "x y", "ü", "null"})
		if key != "__proto__" {
			key += strconv.Itoa(index)
		}

		v.SetMapIndex(reflect.ValueOf(key), value)
	}
}

// anything is data as JSON has it.
func (f *filler) anything(depth int) any {
	switch choice := f.random.IntN(6); {
	case choice == 0:
		return pick(f, texts)
	case choice == 1:
		return f.random.IntN(2) == 0
	case choice == 2:
		return float64(f.random.IntN(1000)) / 4
	case choice == 3 && depth < deepest:
		return []any{f.anything(depth + 1), f.anything(depth + 1)}
	case choice == 4 && depth < deepest:
		return map[string]any{"k": f.anything(depth + 1), "null": pick(f, texts)}
	default:
		return float64(f.random.IntN(100_000))
	}
}

// known fills types with a form of their own.
func (f *filler) known(v reflect.Value) bool {
	switch target := v.Addr().Interface().(type) {
	case *time.Time:
		if f.random.IntN(4) > 0 {
			*target = time.Unix(f.random.Int64N(4_000_000_000), f.random.Int64N(1_000_000_000)).UTC()
		}
	case *time.Duration:
		*target = time.Duration(pick(f, []int64{0, 1, 1500, 1e6, 15e8, 3600e9, 90061e9, -5e9, f.random.Int64N(1e15)}))
	case *netip.Addr:
		*target = f.address()
	case *netip.Prefix:
		if address := f.address().WithZone(""); address.IsValid() {
			*target = netip.PrefixFrom(address, f.random.IntN(address.BitLen()+1))
		}
	case *netip.AddrPort:
		if address := f.address(); address.IsValid() {
			*target = netip.AddrPortFrom(address, uint16(f.random.UintN(1<<16))) //nolint:gosec // fits
		}
	case *url.URL:
		parsed, err := url.Parse(pick(f, urls))
		if err != nil {
			panic(err)
		}

		*target = *parsed
	default:
		// Expressions are compiled, which takes an environment of their own.
		return v.Type().String() == "cel.Expression"
	}

	return true
}

func (f *filler) address() netip.Addr {
	text := pick(f, addresses)
	if text == "" {
		return netip.Addr{}
	}

	return netip.MustParseAddr(text)
}

var (
	wordless = regexp.MustCompile(`^\w+\(-?\d+\)$`)
	numbers  sync.Map
)

// word fills a number that is written as a word with one that has a word.
func (f *filler) word(v reflect.Value) bool {
	if !v.CanInt() && !v.CanUint() {
		return false
	}

	if _, ok := v.Addr().Interface().(encoding.TextMarshaler); !ok {
		return false
	}

	found, ok := numbers.Load(v.Type())
	if !ok {
		found, _ = numbers.LoadOrStore(v.Type(), numbersWithWords(v.Type()))
	}

	setNumber(v, pick(f, found.([]int64))) //nolint:forcetypeassert // stored above

	return true
}

func numbersWithWords(t reflect.Type) []int64 {
	candidates := []int64{-400, -300, -225, -200, -150, -100, 33024, 34984, 65534, 65535}
	for number := range int64(1100) {
		candidates = append(candidates, number)
	}

	var found []int64

	for _, number := range candidates {
		v := reflect.New(t)
		if !setNumber(v.Elem(), number) {
			continue
		}

		text, err := v.Interface().(encoding.TextMarshaler).MarshalText() //nolint:forcetypeassert // looked at before
		if err == nil && !wordless.Match(text) {
			found = append(found, number)
		}
	}

	return found
}

func setNumber(v reflect.Value, number int64) bool {
	if v.CanInt() {
		v.SetInt(number)

		return v.Int() == number
	}

	if number < 0 {
		return false
	}

	v.SetUint(uint64(number))

	return v.Uint() == uint64(number)
}
