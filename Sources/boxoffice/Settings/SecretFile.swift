// Where `stat` comes from, as the compiler sees it.
import CoreFoundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file that holds one secret: its text, without the line breaks and spaces around it.
enum SecretFile {
    /// The largest file that is read; there may be thousands of shards' URLs in it.
    static let bytesMax = 1 << 20

    /// Reads a secret; says what is wrong with the file, and nothing of what is in it.
    ///
    /// A file that everybody may read, and that belongs to the user of this process, is refused: that user can
    /// mend it. What Kubernetes and Docker mount belongs to another, and is kept from others by other means.
    static func read(_ path: String) throws(SettingRefusal) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw SettingRefusal("cannot be read: \(reason(errno))") }
        defer { close(file) }
        var about = stat()
        guard fstat(file, &about) == 0 else {
            throw SettingRefusal("cannot be read: \(reason(errno))")
        }
        guard about.st_mode & S_IFMT != S_IFDIR else { throw SettingRefusal("is a folder") }
        guard about.st_mode & S_IWOTH == 0 else {
            throw SettingRefusal("may be changed by everybody; 'chmod 600' keeps others out")
        }
        guard !isExposed(about) else {
            throw SettingRefusal("may be read by everybody; 'chmod 600' keeps others out")
        }
        let bytes = try bytes(of: file)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw SettingRefusal("is not UTF-8")
        }
        let trimmed = text.trimmingWhitespace
        guard !trimmed.isEmpty else { throw SettingRefusal("is empty") }
        return String(trimmed)
    }

    /// Whether everybody may read a file that belongs to the user of this process.
    static func isExposed(_ path: String) -> Bool {
        var about = stat()
        return stat(path, &about) == 0 && isExposed(about)
    }

    private static func isExposed(_ about: stat) -> Bool {
        about.st_mode & S_IFMT == S_IFREG && about.st_mode & S_IROTH != 0
            && about.st_uid == geteuid()
    }

    private static func bytes(of file: Int32) throws(SettingRefusal) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = readSome(of: file, into: &chunk)
            guard count >= 0 else {
                if errno == EINTR { continue }
                throw SettingRefusal("cannot be read: \(reason(errno))")
            }
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= bytesMax else {
                throw SettingRefusal("is larger than \(bytesMax) bytes")
            }
        }
    }

    private static func readSome(of file: Int32, into chunk: inout [UInt8]) -> Int {
        #if canImport(Glibc)
            Glibc.read(file, &chunk, chunk.count)
        #else
            Darwin.read(file, &chunk, chunk.count)
        #endif
    }

    private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}

extension String {
    /// The text without white space at both ends.
    var trimmingWhitespace: Substring {
        var rest = drop(while: \.isWhitespace)
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return rest
    }
}
