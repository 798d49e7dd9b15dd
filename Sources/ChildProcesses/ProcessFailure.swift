/// What went wrong with a program that was started, in words.
package struct ProcessFailure: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
