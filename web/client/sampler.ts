// The script of the eight pictures' page: the text reads without it; it adds search.
import { searchBox } from "./parts/search.ts";

searchBox();
document.documentElement.classList.add("scripted");
