import Testing

@testable import Reactor

@Suite struct TLSFailureTests {
    /// OpenSSL's number of a received alert.
    private func message(_ alert: TLSAlert, hasCertificate: Bool) -> String {
        let errors = OpenSSLErrors(tlsReasons: [1000 + Int32(alert.code)])
        return TLSFailure(errors: errors, rejection: nil, serverName: "h", firstBytes: [], hasCertificate: hasCertificate)
            .error.message
    }

    @Test(arguments: [TLSAlert.certificateRequired, .badCertificate])
    func noneWasConfiguredIsSaidOnlyWhenThatIsSo(alert: TLSAlert) {
        #expect(message(alert, hasCertificate: false).contains("none was configured"))
        #expect(!message(alert, hasCertificate: true).contains("none was configured"))
    }
}
