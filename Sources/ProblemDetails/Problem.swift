package import Hummingbird
package import JSON

/// What went wrong with a request, as RFC 9457 tells it: throw it, and the client reads
/// `application/problem+json`.
///
/// `type` is `/problems/<slug>`; the title is made from the slug, so that it is the same for every
/// problem of the type.
package struct Problem: Error, Hashable, Sendable {
    package let status: HTTPResponse.Status
    /// Lower-case words with hyphens between them.
    package let slug: String
    /// What is wrong in this very case, for people; safe to show to whoever asked.
    package let detail: String
    /// The fields that are wrong, when the problem lies in the request's body.
    package let errors: [InvalidField]
    /// Members beyond those of the RFC.
    package let members: [ProblemMember]
    /// Headers the response carries besides.
    package let headers: HTTPFields

    package init(
        _ status: HTTPResponse.Status, _ slug: String, _ detail: String,
        errors: [InvalidField] = [], members: [ProblemMember] = [], headers: HTTPFields = [:]
    ) {
        self.status = status
        self.slug = slug
        self.detail = detail
        self.errors = errors
        self.members = members
        self.headers = headers
    }

    /// The slug in words: `email-taken` is "Email taken".
    package var title: String {
        let words = slug.replacing("-", with: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }
}

/// A member of a problem beyond those of the RFC.
package struct ProblemMember: Hashable, Sendable {
    package let name: String
    /// The value as JSON text.
    package let json: [UInt8]

    package init(_ name: String, _ value: some JSONWritable) {
        self.name = name
        json = value.rendered
    }
}

/// A field of a request's body that is wrong.
package struct InvalidField: Hashable, Sendable {
    /// Where the field stands, as a JSON pointer (RFC 6901); empty for the whole body.
    package let pointer: String
    package let detail: String

    package init(pointer: String, detail: String) {
        self.pointer = pointer
        self.detail = detail
    }
}
