package testkit

import (
	"image"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// ScanQR reads the QR code somewhere in a picture, as a phone does: a frame that
// is not read is tried again in another light and held another way round. The
// decoder misses the corners of one flawless picture in some hundreds; an error
// that shows in every frame is the picture's.
func ScanQR(t testing.TB, img image.Image) string {
	t.Helper()
	light := gozxing.NewLuminanceSourceFromImage(img)
	var first error
	for range 4 {
		for _, binary := range []gozxing.Binarizer{gozxing.NewHybridBinarizer(light), gozxing.NewGlobalHistgramBinarizer(light)} {
			for _, hint := range []gozxing.DecodeHintType{gozxing.DecodeHintType_TRY_HARDER, gozxing.DecodeHintType_PURE_BARCODE} {
				frame, err := gozxing.NewBinaryBitmap(binary)
				if err != nil {
					t.Fatal(err)
				}
				got, err := qrcode.NewQRCodeReader().Decode(frame, map[gozxing.DecodeHintType]any{hint: true})
				if err == nil {
					return got.GetText()
				}
				if first == nil {
					first = err
				}
			}
		}
		turned, err := light.RotateCounterClockwise()
		if err != nil {
			break
		}
		light = turned
	}
	t.Errorf("no code is read off the picture: %v", first)
	return ""
}
