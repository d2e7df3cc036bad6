import type { Page } from 'playwright-core';

/** How bright a picture is: 0 is black, 1 is white. */
export interface Brightness {
  readonly darkest: number;
  readonly brightest: number;
  readonly mean: number;
}

/** How bright a PNG is. The page decodes it. */
export function brightness(page: Page, png: Buffer): Promise<Brightness> {
  return page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    let [darkest, brightest, sum] = [1, 0, 0];
    for (let at = 0; at < data.length; at += 4) {
      const [red = 0, green = 0, blue = 0] = data.subarray(at, at + 3);
      const value = (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
      darkest = Math.min(darkest, value);
      brightest = Math.max(brightest, value);
      sum += value;
    }
    return { darkest, brightest, mean: sum / (data.length / 4) };
  }, png.toString('base64'));
}

/**
 * The texts of a page that are hard to read: with less contrast to what is behind them than 4.5, or 3
 * where they are large (WCAG 2.2, level AA).
 */
export function weakTexts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    type Colour = [red: number, green: number, blue: number, alpha: number];
    const canvas = new OffscreenCanvas(1, 1);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    const known = new Map<string, Colour>();
    // The browser knows all notations of colours: what it paints is asked for.
    const colourOf = (css: string): Colour => {
      const found = known.get(css);
      if (found !== undefined) return found;
      const paint = context as OffscreenCanvasRenderingContext2D;
      paint.clearRect(0, 0, 1, 1);
      paint.fillStyle = css;
      paint.fillRect(0, 0, 1, 1);
      const [red = 0, green = 0, blue = 0, alpha = 0] = paint.getImageData(0, 0, 1, 1).data;
      const colour: Colour = [red, green, blue, alpha / 255];
      known.set(css, colour);
      return colour;
    };
    const over = (top: Colour, below: Colour): Colour => {
      const mix = (a: number, b: number) => a * top[3] + b * (1 - top[3]);
      return [mix(top[0], below[0]), mix(top[1], below[1]), mix(top[2], below[2]), 1];
    };
    const behind = (element: Element | null): Colour => {
      if (element === null) return [255, 255, 255, 1];
      const colour = colourOf(getComputedStyle(element).backgroundColor);
      return colour[3] === 1 ? colour : over(colour, behind(element.parentElement));
    };
    const luminance = ([red, green, blue]: Colour) => {
      const [r = 0, g = 0, b = 0] = [red, green, blue].map((part) => {
        const share = part / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const weak = new Map<string, string>();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const { parentElement: element, textContent } = node;
      const text = textContent?.trim() ?? '';
      if (
        element === null ||
        text === '' ||
        !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
      )
        continue;
      const style = getComputedStyle(element);
      // Gradient texts have no colour of their own.
      if (style.webkitTextFillColor === 'rgba(0, 0, 0, 0)') continue;
      const below = behind(element);
      const pair = [over(colourOf(style.color), below), below].map(luminance).sort((a, b) => a - b);
      const contrast = ((pair[1] ?? 0) + 0.05) / ((pair[0] ?? 0) + 0.05);
      const size = Number.parseFloat(style.fontSize);
      const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      if (contrast >= (isLarge ? 3 : 4.5)) continue;
      const what = `${element.tagName.toLowerCase()}.${element.className} ${style.color}`;
      if (!weak.has(what)) weak.set(what, `${what}: ${contrast.toFixed(2)}: ${text.slice(0, 40)}`);
    }
    return [...weak.values()];
  });
}
