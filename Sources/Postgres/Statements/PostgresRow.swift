/// One row of a result, read column by column from the left.
public struct PostgresRow: Sendable {
    private let table: ResultTable
    private var offset = 0
    private var column = 0

    init(_ table: ResultTable) {
        self.table = table
    }

    /// Reads the next column.
    ///
    /// The column's type must be one that `T` can be read from: there is no silent conversion, save
    /// from a narrower number to a wider one. NULL needs an optional.
    public mutating func next<T: PostgresDecodable>(
        _ type: T.Type = T.self
    ) throws(PostgresError) -> T {
        guard column < table.columns.count else {
            throw .decoding("the row has only \(table.columns.count) columns")
        }
        let (name, oid) = (table.columns[column].name, table.columns[column].oid)
        do {
            guard let value = takeValue() else { return try T.decodePostgresNull() }
            var reader = PostgresBinaryReader(table.bytes, in: value, oid: oid)
            return try reader.decode(T.self)
        } catch {
            throw .decoding("column \(name): \(error.message)")
        }
    }

    /// Leaves the columns not asked for behind and stands before the first of the next row.
    mutating func advanceToNextRow() {
        while column < table.columns.count { _ = takeValue() }
        column = 0
    }

    /// The next value's place, nil for NULL.
    private mutating func takeValue() -> Range<Int>? {
        let length = Int(table.length(at: offset))
        column += 1
        offset += ResultTable.lengthSize
        guard length >= 0 else { return nil }
        defer { offset += length }
        return offset..<offset + length
    }
}
