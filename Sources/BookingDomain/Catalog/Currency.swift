/// A currency that money is counted in today: those of ISO 4217's list one as published on 2026-01-01, but for
/// codes without minor units, which no ticket is paid in (metals, units of account, tests).
///
/// The list changes a few times a year: take the next from SIX Group, who keep it, and put it into
/// `Tests/Golden/iso-4217.csv` too.
package struct Currency: Hashable, Sendable {
    package let code: String
    /// How many digits its minor units stand behind the point.
    package let decimals: Int

    /// `nil` for what is no code of the list, which are in capital letters.
    package init?(_ code: String) {
        guard let decimals = Self.decimalsByCode[code] else { return nil }
        self.code = code
        self.decimals = decimals
    }

    /// All of them, in no order.
    package static var all: [Currency] { decimalsByCode.keys.compactMap { Currency($0) } }

    private static let decimalsByCode: [String: Int] = {
        var decimalsByCode: [String: Int] = [:]
        for (decimals, codes) in codesByDecimals {
            for code in codes.split(whereSeparator: \.isWhitespace) {
                decimalsByCode[String(code)] = decimals
            }
        }
        return decimalsByCode
    }()

    private static let codesByDecimals = [
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
        (
            2,
            """
            AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN
            BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD
            FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW
            KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR
            MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG
            SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD
            USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
            """
        ),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
        (4, "CLF UYW"),
    ]
}
