export default function ({ data, parentElement: root, setTriggerValue }) {
  const group = root.querySelector(".swatches");
  group.ariaLabel = data.label;
  group.replaceChildren(
    ...data.colors.map(([color, word], number) => {
      const one = document.createElement(data.clickable ? "button" : "div");
      const field = document.createElement("i");
      field.style.background = color;
      one.append(field, word);
      if (data.clickable) {
        one.ariaLabel = `${color}, ${word}`;
        one.onclick = () => setTriggerValue("chosen", number);
      } else one.title = color;
      return one;
    })
  );
  group.hidden = false;
}
