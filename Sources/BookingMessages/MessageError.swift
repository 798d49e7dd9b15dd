/// A message that cannot be read or written; says which member is at fault, never its value.
package struct MessageError: Error, CustomStringConvertible {
    package let message: String

    init(_ message: String) { self.message = message }

    package var description: String { message }
}
