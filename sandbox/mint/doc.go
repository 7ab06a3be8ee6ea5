// Package mint makes what the providers of the street sign with: RSA keys and
// certificates under throw-away authorities, kept as PEM files in a provider's
// folder.
//
// It never holds a key longer than the call, never overwrites a key by itself,
// and is of no use for real money: nobody guards these authorities. It imports
// nothing of the project.
//
// Start reading at Folder for the files, at Template for certificates.
package mint
