package import JSON

/// Something that a process tells its operators, or programs of theirs, besides health and metrics.
package struct ManagementAnswer: Sendable {
    /// The resource's name: the path without the slash.
    package let name: String
    /// The body of the answer; `nil` when it cannot be told yet, which is answered with 503.
    package let body: @Sendable () -> JSONValue?

    package init(name: String, body: @escaping @Sendable () -> JSONValue?) {
        self.name = name
        self.body = body
    }
}
