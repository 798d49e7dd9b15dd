#if os(Linux)
    import Glibc

    /// The fields of `/proc/self/stat` that are worth a metric; see proc(5).
    struct ProcessStatus {
        let cpuSeconds: Double
        let startSecondsAfterBoot: Double
        let virtualBytes: Double
        let residentBytes: Double

        /// The most bytes read of one file; `/proc/stat` of a machine with many cores is the longest.
        private static let fileBytesMax = 1 << 20

        /// Reads one line such as `4711 (box office) S 1 …`; the name may hold spaces and parentheses.
        init?(line: String, ticksPerSecond: Double, pageBytes: Double) {
            guard let nameEnd = line.lastIndex(of: ")") else { return nil }
            // The first field after the name is number 3 of proc(5).
            let fields = line[line.index(after: nameEnd)...].split(separator: " ")
            func field(_ number: Int) -> Double? {
                fields.indices.contains(number - 3) ? Double(fields[number - 3]) : nil
            }
            guard let user = field(14), let system = field(15), let start = field(22),
                let virtual = field(23), let residentPages = field(24)
            else { return nil }
            cpuSeconds = (user + system) / ticksPerSecond
            startSecondsAfterBoot = start / ticksPerSecond
            virtualBytes = virtual
            residentBytes = residentPages * pageBytes
        }

        static func read() -> ProcessStatus? {
            guard let line = contents(of: "/proc/self/stat") else { return nil }
            return ProcessStatus(
                line: line, ticksPerSecond: Double(sysconf(Int32(_SC_CLK_TCK))),
                pageBytes: Double(sysconf(Int32(_SC_PAGESIZE))))
        }

        /// When the machine started, in seconds since 1970.
        static func bootTimeSeconds() -> Double? {
            guard let stat = contents(of: "/proc/stat") else { return nil }
            for line in stat.split(separator: "\n") where line.hasPrefix("btime ") {
                return Double(line.dropFirst("btime ".count))
            }
            return nil
        }

        /// How many file descriptors are open, without the one that this looks with.
        static func openFileCount() -> Int? {
            guard let directory = opendir("/proc/self/fd") else { return nil }
            defer { closedir(directory) }
            var count = 0
            while let entry = readdir(directory) {
                // Each name but `.` and `..` is a number.
                if entry.pointee.d_name.0 != CChar(UInt8(ascii: ".")) { count += 1 }
            }
            return count - 1
        }

        private static func contents(of path: String) -> String? {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return nil }
            defer { close(descriptor) }
            var bytes: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 16384)
            while bytes.count < fileBytesMax {
                let count = Glibc.read(descriptor, &chunk, chunk.count)
                if count < 0 { return nil }
                if count == 0 { break }
                bytes += chunk[..<count]
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
#endif
