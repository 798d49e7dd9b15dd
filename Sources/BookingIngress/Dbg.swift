import Glibc
func dbg(_ x: Any...) { let t = "\(x)\n"; _ = t.withCString { write(2, $0, strlen($0)) } }
