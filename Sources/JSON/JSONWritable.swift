/// Something that can be written as JSON.
package protocol JSONWritable {
    /// Writes one value.
    func write(to writer: inout JSONWriter)
}

extension JSONWritable {
    /// The value as compact JSON text in UTF-8.
    package var rendered: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.text
    }
}
