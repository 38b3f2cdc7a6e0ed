// A word, and marks on a line from 0 (against) to 1 (for).

export default function ({ data, parentElement: root }) {
  const find = (name) => root.querySelector(name);
  const { probability, before } = data;
  find(".verdict").hidden = false;
  find(".word").textContent = data.word;
  const side = probability > 0.5 ? "--for" : "--against";
  find(".word").style.color = probability === 0.5 ? "" : `var(${side})`;
  find(".sure").textContent = data.sure;
  find(".was").textContent = data.was;
  find(".now").style.left = `${100 * probability}%`;
  for (const name of [".was", ".arrow", ".before", ".move"]) find(name).hidden = before === null;
  find(".before").style.left = `${100 * before}%`;
  find(".move").style.left = `${100 * Math.min(before, probability)}%`;
  find(".move").style.width = `${100 * Math.abs(probability - before)}%`;
  find(".scale").ariaLabel = `${data.was && `${data.was}, now `}${data.word}, ${data.sure}`;
}
