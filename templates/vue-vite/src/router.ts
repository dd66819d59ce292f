import { createRouter, createWebHistory } from "vue-router";
import AboutPage from "./about-page.vue";
import HomePage from "./home-page.vue";

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: "/", component: HomePage },
    { path: "/about", component: AboutPage },
  ],
});
