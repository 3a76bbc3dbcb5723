/** A stream that ends, with an error on both sides, once its signal says so. Keeps the source's own pace. */
export function guarded(source: ReadableStream<Uint8Array>, signal: AbortSignal): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const cut = () => {
          controller.error(signal.reason);
          void reader.cancel(signal.reason).catch(() => {}); // it may have ended by itself
        };
        if (signal.aborted) return cut();
        signal.addEventListener('abort', cut, { once: true });
      },
      async pull(controller) {
        const { done, value } = await reader.read();
        if (signal.aborted) return;
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel(reason) {
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 }, // nothing is read before it is asked for
  );
}
