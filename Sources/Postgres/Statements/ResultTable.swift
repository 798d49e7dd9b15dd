/// The rows of one statement's result, copied out of libpq into one buffer: each value behind its
/// length (four bytes, -1 for NULL), row after row.
struct ResultTable: Sendable {
    struct Column: Sendable {
        var name: String
        var oid: UInt32
    }

    static let lengthSize = 4

    let columns: [Column]
    private(set) var rowCount = 0
    private(set) var bytes: [UInt8] = []
    /// What the server says it did, for instance `UPDATE 3`.
    var commandTag = ""

    init(columns: [Column]) {
        self.columns = columns
    }

    mutating func reserve(_ count: Int) {
        bytes.reserveCapacity(count)
    }

    /// Adds the next value of the row.
    mutating func append(_ value: RawSpan) {
        appendLength(Int32(truncatingIfNeeded: value.byteCount))
        value.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    /// Adds NULL as the next value of the row.
    mutating func appendNull() {
        appendLength(-1)
    }

    private mutating func appendLength(_ length: Int32) {
        withUnsafeBytes(of: length) { bytes.append(contentsOf: $0) }
    }

    mutating func endRow() {
        rowCount += 1
    }

    func length(at offset: Int) -> Int32 {
        bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Int32.self) }
    }

    /// Decodes every row as the statement says.
    func decode<S: PostgresStatement>(as statement: S.Type) throws(PostgresError) -> [S.Row] {
        var rows: [S.Row] = []
        rows.reserveCapacity(rowCount)
        var row = PostgresRow(self)
        for _ in 0..<rowCount {
            rows.append(try S.decode(&row))
            row.advanceToNextRow()
        }
        return rows
    }
}
