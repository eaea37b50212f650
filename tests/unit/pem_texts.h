// Keys and certificates for tests, good for nothing else.
#pragma once

namespace godwit {

inline constexpr char kCertificateOne[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBcTCCARegAwIBAgIUc6r7NOC3CaIIeBb0Na28cwGkjzUwCgYIKoZIzj0EAwIw\n"
    "DjEMMAoGA1UEAwwDb25lMB4XDTI2MTEzMDAxNDk1MVoXDTI2MTIwMjAxNDk1MVow\n"
    "DjEMMAoGA1UEAwwDb25lMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE7EIsXO2I\n"
    "bNKdSCYzsRcy2yUqRclz7DTbm9vKXfzXIqS4W7cDkdxUl6fsyhwytiMTt0Sn5COf\n"
    "6jYwiHQq2PhCYKNTMFEwHQYDVR0OBBYEFHBiADj5i+Q7rGbb8aDyvxOTCA51MB8G\n"
    "A1UdIwQYMBaAFHBiADj5i+Q7rGbb8aDyvxOTCA51MA8GA1UdEwEB/wQFMAMBAf8w\n"
    "CgYIKoZIzj0EAwIDSAAwRQIhAP9lKVcq9blDI1aN2TTE6N/36q4GuDlpE824x+7h\n"
    "At4/AiAcmIP/RZDlTGM0LvIjzmFt0LTNVIysmFaIF7R3alyeSw==\n"
    "-----END CERTIFICATE-----\n";
inline constexpr char kKeyOne[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgsV+b0I/OZsffYESC\n"
    "R6auJ7aY3FXXFPb8gBRZfbefqPihRANCAATsQixc7Yhs0p1IJjOxFzLbJSpFyXPs\n"
    "NNub28pd/NcipLhbtwOR3FSXp+zKHDK2IxO3RKfkI5/qNjCIdCrY+EJg\n"
    "-----END PRIVATE KEY-----\n";
inline constexpr char kKeyTwo[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg5Mh6iv6ibU1JCh3m\n"
    "0P+sLpxLSczZIH/t0JL+gj9eOoChRANCAASPgIQ2bQKf4st1fwwPqW4cuJQV0z5E\n"
    "LuyymS54r2XxBLlKCqtuWaJBUvRIMXG/NO5kKpELjJS9fGtjf4xVGsgQ\n"
    "-----END PRIVATE KEY-----\n";
// kKeyOne with a passphrase.
inline constexpr char kLockedKey[] =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "Proc-Type: 4,ENCRYPTED\n"
    "DEK-Info: AES-128-CBC,52A5E0AB35CEC9ACF3F6227D91A28709\n"
    "\n"
    "qoG10qLX1L9bz23u19IMxxJvmSbhH0H37bHOtzdBUnKW0BJ5Mks+3SUNyLRFHucN\n"
    "+/dDwrQl8ASvVXdeehwcri47HSqWbeVQ8F5gwQ5ROn8OJguz6MClhnRP+/XOFKxc\n"
    "00I1IINzFZE8Bs+yUZQO8DNsweeEFwRjGOO+eSBcCd8=\n"
    "-----END EC PRIVATE KEY-----\n";

}  // namespace godwit
