import Histogram
import NATSClient
import CMallocCounter
import ArgumentParser
@main struct X { static func main() async { } }
