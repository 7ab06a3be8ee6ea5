// Reading codes with the camera, where the browser itself can read them
// (Shape Detection API, BarcodeDetector).

type Detector = { detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]> }
type DetectorClass = new (options: { formats: string[] }) => Detector

const detectorClass = (): DetectorClass | undefined => (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector

/** cameraCanRead: a secure page, a camera interface and a reader of codes are all there. */
export const cameraCanRead = (): boolean => detectorClass() !== undefined && navigator.mediaDevices?.getUserMedia !== undefined

/** Payment codes are shown as QR and as Code 128 at once. */
const formats = ['qr_code', 'code_128']
const look_ms = 150

export type Eye = { torch: ((on: boolean) => Promise<void>) | null; stop: () => void }

/** look shows the camera in video and hands over each code that is read. */
export async function look(video: HTMLVideoElement, read: (text: string) => void): Promise<Eye> {
  const Detector = detectorClass()
  if (!Detector) throw new Error('camera: no reader of codes')
  const detector = new Detector({ formats })
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment', width: { ideal: 1280 } } })
  video.srcObject = stream
  await video.play()
  let last = ''
  const timer = setInterval(() => {
    detector.detect(video).then(
      (found) => {
        const text = found[0]?.rawValue ?? ''
        if (text && text !== last) read(text)
        last = text
      },
      () => {}, // A frame that is not ready yet; the next one is.
    )
  }, look_ms)
  const track = stream.getVideoTracks()[0]
  const can = (track?.getCapabilities?.() ?? {}) as { torch?: boolean }
  return {
    torch: can.torch && track ? (on) => track.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] }) : null,
    stop: () => {
      clearInterval(timer)
      for (const one of stream.getTracks()) one.stop()
    },
  }
}
