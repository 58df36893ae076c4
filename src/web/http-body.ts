/** The body of a message that arrives, as the byte stream a Request or Response is made with. */

/** Where its parts come from. */
export interface BodyParts {
  /** The next part, null at the end. */
  nextBody(): Promise<Uint8Array | null>;
}

export interface BodyOptions {
  /** Octets taken off the connection before anybody reads: a short body that nobody reads ends as well. */
  readonly readAhead?: number;
  /** The body was read to its end. */
  readonly onEnd?: () => void;
  /** Nobody wants the rest. */
  readonly onCancel?: (reason: unknown) => void;
}

/** A body that is read from the connection as it is read by its user. */
export class MessageBody {
  /** Read to its end. */
  isDone = false;
  /** What readers get for what went wrong. */
  failure: (error: unknown) => unknown = (error) => error;
  private isPulling = false;
  private made: ReadableStream<Uint8Array> | null = null;
  private readonly reader: BodyParts;
  private readonly options: BodyOptions;

  constructor(reader: BodyParts, options: BodyOptions) {
    this.reader = reader;
    this.options = options;
    // It begins to read as soon as it is there.
    if (options.readAhead !== undefined) this.made = this.make(options.readAhead);
  }

  /** Made for who asks for it: most requests have no body, and a stream is dear. */
  get stream(): ReadableStream<Uint8Array> {
    this.made ??= this.make(0);
    return this.made;
  }

  /** Somebody reads it, or has it read. */
  get isLocked(): boolean {
    return this.made?.locked === true;
  }

  /**
   * Reads what is left, so that the connection can carry the next message. False: more than `maxBytes`, or somebody else is
   * reading it.
   */
  async drain(maxBytes: number): Promise<boolean> {
    let left = maxBytes;
    while (!this.isDone) {
      if (this.isPulling || left < 0) return false;
      left -= (await this.next())?.length ?? 0;
    }
    return true;
  }

  private make(readAhead: number): ReadableStream<Uint8Array> {
    return new ReadableStream(
      {
        type: 'bytes',
        pull: (controller) => this.pull(controller),
        cancel: (reason) => this.options.onCancel?.(reason),
      },
      { highWaterMark: readAhead },
    );
  }

  private async pull(controller: ReadableByteStreamController): Promise<void> {
    let part: Uint8Array | null;
    this.isPulling = true;
    try {
      part = await this.next();
    } catch (error) {
      throw this.failure(error);
    } finally {
      this.isPulling = false;
    }
    if (part !== null) {
      // The stream takes the buffer it is given away from everyone else, other parts included.
      const isAlone = part.length === part.buffer.byteLength;
      controller.enqueue((isAlone ? part : part.slice()) as Uint8Array<ArrayBuffer>);
      return;
    }
    controller.close();
    controller.byobRequest?.respond(0);
  }

  private async next(): Promise<Uint8Array | null> {
    let part = await this.reader.nextBody();
    while (part !== null && part.length === 0) part = await this.reader.nextBody();
    if (part !== null) return part;
    this.isDone = true;
    this.options.onEnd?.();
    return null;
  }
}
